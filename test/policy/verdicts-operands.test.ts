/** Deny rules that name an operand which can be said in other words, or an option whose value can stand in the same word. */
import { checkVerdicts, type Row } from '../support/batch.ts';

const RULES = ['python3 -m http.server *', 'psql -c *DROP*', 'tool --mode fast *', 'git push * main', 'make deploy*', 'mvn deploy *', 'chmod 777 *', 'chmod -R 777 *'];
const POLICY = `version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ${JSON.stringify(RULES)}\n`;

const HITS: readonly Row[] = [
  'python3 -m http.server', 'python3 -mhttp.server 80', 'python3 -u -mhttp.server', 'psql -c "DROP TABLE x"', 'psql -c"DROP TABLE x"', 'psql -h x -c"DROP TABLE x"', 'tool --mode fast', 'tool --mode=fast x',
  'git push origin main', 'git push origin HEAD:main', 'git push origin +main', 'git push -u origin x:refs/heads/main', 'git push origin refs/heads/main', 'git push origin x main', 'git push origin :main', 'git push origin a b:main c',
  'make deploy', 'make clean deploy-all', 'make -j 4 all deploy', 'make CC=gcc deploy', 'mvn clean deploy', 'mvn -q deploy',
  'chmod 777 x', 'chmod 0777 x', 'chmod a+rwx x', 'chmod ugo=rwx x', 'chmod u+rwx,go+rwx x', 'chmod +rwx x', 'chmod -R a=rwx x',
].map((line): Row => [`run ${line}`, 'deny']);

const MISSES: readonly Row[] = [
  'python3 -m http.client', 'python3 -mpip x', 'psql -c "SELECT 1"', 'psql -fDROP', 'tool --mode=slow',
  'git push origin maintenance', 'git push origin main:x', 'git push origin x', 'git push main', 'git log main', 'git fetch origin x:main',
  'make undeploy', 'make clean', 'mvn install', 'mvn deployment', 'cmake deploy',
  'chmod 755 x', 'chmod +x 777', 'chmod u+rwx x', 'chmod 0755 x', 'chmod a+rx x', 'chmod u=rwx,go=rx x',
].map((line): Row => [`run ${line}`, 'allow']);

checkVerdicts('Deny rules for operands', (world) => world.write('operands.yml', POLICY), { 'hit the same in other words': HITS, 'leave look-alikes alone': MISSES });
