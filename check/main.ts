import fs from 'node:fs';
import { Cluster } from './cluster/cluster.js';
import { readOptions } from './options.js';
import { findPlanted } from './faults/planted.js';
import { judge, print } from './report.js';
import { run } from './run.js';
import { makeFolder, Postgres, RedisServer } from './cluster/servers.js';

/** @returns whether all is well */
async function check(): Promise<boolean> {
  const { plan, isPlanted, bugs, historyFile } = readOptions(process.argv.slice(2));
  const folder = makeFolder();
  const redis = await RedisServer.start();
  const postgres = await Postgres.start(folder);
  try {
    const servers = { folder, postgres, redis };
    if (isPlanted) return await findPlanted(servers, plan.seed, bugs);
    const { seconds, clients, rooms, nodes, nemeses, seed } = plan;
    const broken = nemeses.length > 0 ? nemeses.join(', ') : 'nothing';
    console.log(`${clients} people in ${rooms} rooms on ${nodes} nodes for ${seconds} s, seed ${seed}; what breaks: ${broken}`);
    const findings = await run(await Cluster.start(servers, nodes), plan);
    if (historyFile) findings.history.write(historyFile);
    return print(judge(findings), findings.errors);
  } finally {
    await redis.kill();
    await postgres.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

// So that nothing that was started stays behind: see `process.once('exit')`.
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  process.exit((await check()) ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}
