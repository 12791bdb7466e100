import { type Profiler, Session } from 'node:inspector/promises';

export interface Hotspot {
  /** Of the processor time of this process, without what a function calls. */
  percent: number;
  where: string;
}

const INTERVAL_US = 500;

/** "typeorm" for a file in node_modules, the file itself for one of ours, "node" for what is built in. */
function placeOf(url: string): string {
  const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (inPackage) return inPackage;
  return url.startsWith('file:') ? url.replace(/^.*\/dist\//, '') : 'node';
}

function shares(nodes: Profiler.ProfileNode[], nameOf: (frame: Profiler.ProfileNode['callFrame']) => string): Hotspot[] {
  const hits = new Map<string, number>();
  for (const { callFrame, hitCount = 0 } of nodes) {
    if (callFrame.functionName === '(idle)') continue;
    hits.set(nameOf(callFrame), (hits.get(nameOf(callFrame)) ?? 0) + hitCount);
  }
  const total = [...hits.values()].reduce((sum, count) => sum + count, 0);
  return [...hits]
    .map(([where, count]) => ({ where, percent: (100 * count) / total }))
    .sort((a, b) => b.percent - a.percent)
    .slice(0, 20);
}

/** Where this process spends its time while the work runs: by package or file, and by function. */
export async function profile(work: () => Promise<unknown>): Promise<{ places: Hotspot[]; functions: Hotspot[] }> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return {
    places: shares(profile.nodes, ({ url, functionName }) => (functionName.startsWith('(') ? functionName : placeOf(url))),
    functions: shares(profile.nodes, ({ url, functionName, lineNumber }) =>
      functionName.startsWith('(') ? functionName : `${functionName || 'anonymous'} ${placeOf(url)}:${lineNumber + 1}`,
    ),
  };
}
