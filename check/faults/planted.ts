import { Cluster, type Servers } from '../cluster/cluster.js';
import type { NemesisName } from './nemesis.js';
import { judge, print, table } from '../report.js';
import { run } from '../run.js';
import { SABOTAGES } from './sabotages.js';

const NODES = 2;
const PLAN = { seconds: 3, clients: 5, nodes: NODES, rooms: 2, pause: { least: 300, most: 700 } };

/** What only shows where something breaks, and what has to break. */
const NEMESIS: Record<string, NemesisName> = { 'acknowledge-before-commit': 'postgres', 'leave-holes': 'redis' };

/** What only shows where somebody listens at another node than the last who speaks: of more people and rooms some do. */
const CROWDED: Record<string, { clients: number; rooms: number }> = { 'no-sweep': { clients: 12, rooms: 6 } };

/** @returns whether each planted bug was found, and by the check that is there for it */
export async function findPlanted(servers: Servers, seed: number, bugs: readonly string[]): Promise<boolean> {
  const planted = Object.entries(SABOTAGES).filter(([name]) => bugs.length === 0 || bugs.includes(name));
  const rows = [['planted bug', 'must be found by', 'was found by', '']];
  const start = (at: number) => planted[at] && Cluster.start(servers, NODES, { PARLEY_SABOTAGE: planted[at][0] });
  let starting = start(0);
  for (const [at, [name, { expected }]] of planted.entries()) {
    const cluster = await starting;
    // The next nodes start while these are tried; not while their database is killed.
    const nemesis = NEMESIS[name];
    if (!nemesis) starting = start(at + 1);
    const findings = await run(cluster!, { ...PLAN, ...CROWDED[name], seed, nemeses: nemesis ? [nemesis] : [] });
    if (nemesis) starting = start(at + 1);
    const judgement = judge(findings);
    const found = judgement.verdicts.filter(({ violations }) => violations.length > 0).map(({ promise, fault }) => `${promise} ${fault}`);
    const isCaught = found.includes(expected);
    rows.push([name, expected, found.join(', ') || 'nothing', isCaught ? 'caught' : 'MISSED']);
    console.log(rows.at(-1)!.join(': '));
    if (!isCaught) print(judgement, findings.errors);
  }
  console.log(`\n${table(rows)}`);
  return rows.slice(1).every((row) => row[3] === 'caught');
}
