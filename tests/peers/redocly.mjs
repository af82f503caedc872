// Runs `redocly diff` on many pairs in one process: `node redocly.mjs CLI TASKS`.
// A process of its own for each takes ten times as long, nearly all of it to start.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [cli, tasks] = process.argv.slice(2);
const left = JSON.parse(readFileSync(tasks, 'utf8'));

// The command ends its process when it is done; here the next one follows.
process.exit = () => {};
process.on('beforeExit', () => {
  const next = left.shift();
  if (next === undefined) return;
  const [base, revision, output] = next;
  const options = ['--format', 'json', '--fail-on', 'none', '--output', output];
  process.argv = [process.argv[0], cli, 'diff', base, revision, ...options];
  // A module runs once for each address.
  import(`${pathToFileURL(cli)}?${left.length}`);
});
