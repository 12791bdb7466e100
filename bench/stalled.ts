import { setTimeout as wait } from 'node:timers/promises';
import { Child } from './support/child.js';
import { openBenchDatabase } from './support/database.js';
import { alternate, type Figure } from './support/figure.js';
import { secondsPerRound } from './support/options.js';
import { Report } from './support/report.js';
import { audienceOf, listenTo, sayIn, tokensOf } from './support/clients/room-audience.js';
import { HOT_ROOM, peopleIn, seedFirstMessages, seedRooms } from './support/seed.js';
import type { Look } from './support/servers/server-process.js';
import type { StalledJob } from './support/clients/stalled-crowd.js';

const HEALTHY = 1_000;
const STALLED = 1_000;
/** Messages a second to those who read. */
const PACE = 5;
/** The room of those who do not. */
const STALLED_ROOM = 1;
/** Together more than the system keeps for a socket whose client does not read: here that is 4 MiB. */
const FILLING = { streams: 8, messages: 22, text: '🙂'.repeat(7_000) };
const LIMIT_S = 30;
/** What may wait for a socket in the server before it is no longer heard itself. */
const MUCH_KIB = 1_024;
const PATIENCE_S = 60;
const BYTES_PER_KIB = 1_024;
const LOOK_EVERY_MS = 250;

const seconds = secondsPerRound();
const database = await openBenchDatabase();
const server = Child.start('servers/server-process.js');
const healthy = Child.start('clients/listener-process.js');
const stalled = Child.start('clients/listener-process.js');

const look = () => server.ask<Look>({});

/** One round of those who read, with the server's processor time. */
const listen = (name: string): Promise<Record<string, Figure>> =>
  alternate(
    { rounds: 1, seconds },
    {
      [name]: async () => {
        const before = await look();
        const figure = await healthy.ask<Figure>({ seconds, pace: PACE });
        return { ...figure, cpuUs: ((await look()).cpuUs - before.cpuUs) / (figure.perSecond * seconds) };
      },
    },
  );

/** Resolves when none is left of those who do not read; who speaks to them stays. */
async function untilGone(since: number): Promise<number> {
  for (;;) {
    const elapsed = (performance.now() - since) / 1_000;
    const { sockets } = await look();
    if (sockets <= HEALTHY + 2) return elapsed;
    if (elapsed > PATIENCE_S) throw new Error(`${sockets - HEALTHY - 2} that do not read are still there`);
    await wait(LOOK_EVERY_MS);
  }
}

async function compare(report: Report): Promise<void> {
  const url = await server.ask<string>({ databaseUrl: database.url });
  await seedRooms(database.client);
  await seedFirstMessages(database.client);
  await healthy.ask({ audience: audienceOf(HOT_ROOM, [url], await tokensOf(peopleIn(HOT_ROOM), HEALTHY)) });
  const title = `${HEALTHY.toLocaleString('en')} listeners who read`;
  const alone = await listen('alone');
  const before = await look();

  const job: StalledJob = {
    url: `${url}/graphql`,
    tokens: await tokensOf(peopleIn(STALLED_ROOM), STALLED),
    subscribe: Array.from({ length: FILLING.streams }, (_, at) => listenTo(STALLED_ROOM, `events${at}`)),
    speak: sayIn(STALLED_ROOM, FILLING.text),
    messages: FILLING.messages,
  };
  await stalled.ask({ stalled: job });
  const since = performance.now();
  await stalled.ask({});
  console.log(`${STALLED.toLocaleString('en')} that do not read are full after ${((performance.now() - since) / 1_000).toFixed(1)} s`);
  const beside = await listen('beside as many who do not');
  const after = await look();
  const left = after.sockets - HEALTHY - 2;
  const each = (after.rssBytes - before.rssBytes) / STALLED / BYTES_PER_KIB;
  console.log(`${left} of them are still there at the end of the round`);
  const gone = await untilGone(since);

  report.add(title, 'deliveries/s', { ...alone, ...beside });
  const ratio = beside['beside as many who do not']!.p99Ms / alone['alone']!.p99Ms;
  report.judge({ what: 'p99 of those who read, times that without the others', value: ratio, atMost: 1.5 });
  report.judge({ what: 'that do not read, at the end of the round', value: left, atLeast: STALLED });
  report.judge({ what: 'KiB of server memory for each that does not read', value: each, atMost: MUCH_KIB });
  report.judge({ what: 'seconds until the last of them is closed', value: gone, atMost: LIMIT_S });
}

try {
  const report = new Report('stalled', { postgres: database.version, secondsPerRound: seconds, rounds: 1 });
  await compare(report);
  report.finish();
} finally {
  await Promise.all([healthy, stalled].map((each) => each.leave()));
  await server.leave();
  await database.close();
}
