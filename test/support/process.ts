import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const children: ChildProcess[] = [];

export interface Run {
  child: ChildProcess;
  output: () => string;
  /** Resolves with what the brackets of the expression found; rejects when the process ends before. */
  prints: (what: RegExp) => Promise<string>;
}

/** The real process, as `npm start` runs it. */
export function run(settings: NodeJS.ProcessEnv): Run {
  const child = spawn(process.execPath, ['dist/src/main.js'], { env: { PATH: process.env['PATH'], ...settings } });
  children.push(child);
  let output = '';
  const prints = (what: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const [, found] = what.exec(output) ?? [];
        if (found) resolve(found);
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
      child.once('exit', () => reject(new Error(`it ended before it printed ${what}:\n${output}`)));
      look();
    });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  return { child, output: () => output, prints };
}

/** The code with which it exits. */
export async function terminate({ child }: Run): Promise<number> {
  const ended = once(child, 'exit') as Promise<[number]>;
  child.kill('SIGTERM');
  return (await ended)[0];
}

/** What a test file has started and not ended; for `afterAll`. */
export function killAll(): void {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
}
