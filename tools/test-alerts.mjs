// Tries the alert rules on series that are made up for them. promtool comes with Prometheus (on Debian: apt install prometheus).
import { spawnSync } from 'node:child_process';

const promtool = (...args) => spawnSync('promtool', args, { cwd: 'ops', stdio: 'inherit' });

if (spawnSync('promtool', ['--version']).error) {
  process.stderr.write('SKIPPED: promtool is missing, so the alert rules in ops/ were not tested\n');
  // In CI that is a failure, not an excuse.
  process.exit(process.env.CI ? 1 : 0);
}
for (const args of [
  ['check', 'rules', 'alerts.yml'],
  ['test', 'rules', 'alerts.test.yml'],
]) {
  const { status } = promtool(...args);
  if (status !== 0) process.exit(1);
}
