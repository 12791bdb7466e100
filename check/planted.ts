import type { Servers } from './cluster.js';
import type { NemesisName } from './nemesis.js';
import { judge, print, table } from './report.js';
import { run } from './run.js';
import { SABOTAGES } from './sabotages.js';

const PLAN = { seconds: 4, clients: 5, nodes: 2, rooms: 2, pause: { least: 300, most: 700 } };

/** What only shows where something breaks, and what has to break. */
const NEMESIS: Record<string, NemesisName> = { 'acknowledge-before-commit': 'postgres', 'leave-holes': 'redis' };

/** @returns whether each planted bug was found, and by the check that is there for it */
export async function findPlanted(servers: Servers, seed: number, bugs: readonly string[]): Promise<boolean> {
  const rows = [['planted bug', 'must be found by', 'was found by', '']];
  for (const [name, { expected }] of Object.entries(SABOTAGES)) {
    if (bugs.length > 0 && !bugs.includes(name)) continue;
    const nemesis = NEMESIS[name];
    const findings = await run(servers, { ...PLAN, seed, nemeses: nemesis ? [nemesis] : [], sabotage: name });
    const judgement = judge(findings);
    const broken = judgement.verdicts.filter(({ violations }) => violations.length > 0);
    const found = broken.map(({ promise, fault }) => `${promise} ${fault}`);
    rows.push([name, expected, found.join(', ') || 'nothing', found.includes(expected) ? 'caught' : 'MISSED']);
    console.log(rows.at(-1)!.join(': '));
    if (!found.includes(expected)) print(judgement, findings.errors);
  }
  console.log(`\n${table(rows)}`);
  return rows.slice(1).every((row) => row[3] === 'caught');
}
