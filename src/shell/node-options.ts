/** Options of Node.js that run other code than the script it is given, or open it to others. Errs towards yes. */

/** In Node's own spelling; what begins so is meant as well (`--env-file-if-exists`). */
const LOADS_CODE = /^--(?:require|import|loader|experimental-(?:loader|config-file|default-config-file|sea-config|policy)|env-file|eval|print|interactive|inspect|openssl-(?:shared-)?config|icu-data-dir|build-(?:snapshot|sea)|snapshot-blob|conditions|run|test|watch|prof-process)(?=[=-]|$)/;

/** Node takes `_` for `-`, and quotes in NODE_OPTIONS; short options stand for some of these. */
export function loadsCode(option: string): boolean {
  const [, name = ''] = /^"?([^="]*)/.exec(option) ?? [];
  return LOADS_CODE.test(name.replaceAll('_', '-')) || /^-[a-z]*[repiC]/.test(name) || name === '-';
}
