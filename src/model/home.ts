/** The user's home, where policies, logs and keys lie. */
import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { PatchworkError } from './errors.ts';

/** As HOME has it; where that is empty or relative, and so would be another folder in each folder, as the account has it. */
export function homeFolder(): string {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : userInfo().homedir;
  } catch (error) {
    throw new PatchworkError('PW_USAGE', 'there is no home folder: HOME is not set, and the account has none', { cause: error, hint: 'set HOME to a folder for policies and logs' });
  }
}
