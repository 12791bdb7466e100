import { createHistogram } from 'node:perf_hooks';

/** What a round of work came to. */
export interface Figure {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Processor time of the process that serves, for each operation. */
  cpuUs?: number;
}

const NS_PER_MS = 1e6;

/** Workers that each begin the next operation when the last one has ended, for a while. */
export async function measure(workers: number, seconds: number, operation: (worker: number) => Promise<void>): Promise<Figure> {
  const times = createHistogram();
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  const work = async (worker: number): Promise<void> => {
    for (let start = performance.now(); start < end; start = performance.now()) {
      await operation(worker);
      times.record(Math.max(1, Math.round((performance.now() - start) * NS_PER_MS)));
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  const elapsedMs = performance.now() - begin;
  return {
    perSecond: (times.count * 1_000) / elapsedMs,
    p50Ms: times.percentile(50) / NS_PER_MS,
    p99Ms: times.percentile(99) / NS_PER_MS,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const medianFigure = (figures: readonly Figure[]): Figure => ({
  perSecond: median(figures.map((figure) => figure.perSecond)),
  p50Ms: median(figures.map((figure) => figure.p50Ms)),
  p99Ms: median(figures.map((figure) => figure.p99Ms)),
  cpuUs: median(figures.map((figure) => figure.cpuUs ?? NaN)),
});

/** Of this process, unless the work knows better. */
async function withProcessorTime(work: () => Promise<Figure>, seconds: number): Promise<Figure> {
  const before = process.cpuUsage();
  const figure = await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuUs: (user + system) / (figure.perSecond * seconds), ...figure };
}

/** Runs each contender once a round, so that whatever else the machine does falls on all of them; the median of the rounds counts. */
export async function alternate<Name extends string>(
  { rounds, seconds }: { rounds: number; seconds: number },
  contenders: Record<Name, () => Promise<Figure>>,
): Promise<Record<Name, Figure>> {
  const names = Object.keys(contenders) as Name[];
  const figures = new Map<Name, Figure[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) figures.get(name)!.push(await withProcessorTime(contenders[name], seconds));
  }
  return Object.fromEntries(names.map((name) => [name, medianFigure(figures.get(name)!)])) as Record<Name, Figure>;
}
