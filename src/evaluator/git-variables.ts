/** Configuration of git that comes by variables: agents switch hooks, pagers and helpers off with it, which runs nothing more. */

const SWITCHES_OFF = /^(?:|false|\/dev\/null)$/;
const PAGERS = /^(?:core\.pager|pager\..*)$/i;

export function configuresHarmlessly(environment: readonly string[]): boolean {
  const values = new Map(environment.filter((entry) => entry.startsWith('GIT_CONFIG')).map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
  const count = Number(values.get('GIT_CONFIG_COUNT') ?? '0');
  if (!Number.isInteger(count) || count < 0 || count > 100) return false;
  for (let at = 0; at < count; at++) {
    const key = values.get(`GIT_CONFIG_KEY_${at}`);
    const value = values.get(`GIT_CONFIG_VALUE_${at}`);
    if (key === undefined || value === undefined) return false;
    if (!SWITCHES_OFF.test(value) && !(PAGERS.test(key) && value === 'cat')) return false;
  }
  return [...values].every(([name, value]) => /^GIT_CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+)$/.test(name) || (/^GIT_CONFIG_(?:GLOBAL|SYSTEM)$/.test(name) && SWITCHES_OFF.test(value)) || (name === 'GIT_CONFIG_NOSYSTEM' && /^[01]$/.test(value)));
}
