/** The shipper of a session: only where it is configured is any of it loaded. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from '../model/home.ts';
import type { Shipper } from './shipper.ts';

/** Throws PW_CONFIG_INVALID. */
export async function startShipping(onFailure: (what: string, error: unknown) => void): Promise<Shipper | undefined> {
  const file = join(homeFolder(), '.patchwork', 'config.yml');
  if (process.env['PATCHWORK_SESSION'] !== undefined || !existsSync(file)) return undefined;
  const { readConfig } = await import('./config.ts');
  const config = readConfig(file, process.env);
  return config.shipments.length === 0 ? undefined : new (await import('./shipper.ts')).Shipper(config, onFailure);
}
