import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster } from './cluster/cluster.js';
import { History } from './checks/history.js';
import { guard, live, type Phase, REMOVE } from './life.js';
import { Nemesis, type NemesisName } from './faults/nemesis.js';
import { type Outcome, outcomeOf } from './checks/outcome.js';
import { mutation, type OwnMessage, Person } from './person.js';
import { Random } from './random.js';

export interface Plan {
  seconds: number;
  clients: number;
  nodes: number;
  rooms: number;
  seed: number;
  nemeses: readonly NemesisName[];
  /** Between two acts of a nemesis, in milliseconds. */
  pause: { least: number; most: number };
}

export interface Findings {
  history: History;
  outcome: Outcome;
  /** From the last word, said without Redis, until every stream had told it; null: not within the limit. */
  settledMs: number | null;
  /** What nodes logged as errors. */
  errors: string[];
}

/** Longer than the longest stay outside of a room is believed. */
const SETTLE_MS = 1_800;
const COMPLETE_WITHIN_MS = 10_000;
const OVERDUE_MS = 60_000;

const HEADS = `select r.id as "roomId", p.user_id as "userId", r.revision::int as head, p.status in ('ACTIVE', 'MUTED') as "isInside"
  from rooms r join participants p on p.room_id = r.id where r.id = any($1)`;

/** One world from its first room to its last word, with everything that was done and seen in it. It ends the cluster. */
export async function run(cluster: Cluster, plan: Plan): Promise<Findings> {
  try {
    const world = new World(cluster, plan);
    return await Promise.race([world.live(), world.overdue(), cluster.crashed]);
  } finally {
    await cluster.stop();
  }
}

interface Scene {
  roomId: string;
  speaker: Person;
  loser: Person;
  /** A message that everybody has heard. */
  known: OwnMessage;
}

class World {
  private readonly history = new History();
  private readonly random: Random;
  private readonly people: Person[] = [];
  private readonly rooms: string[] = [];
  private stage = 'people arrive';

  constructor(
    private readonly cluster: Cluster,
    private readonly plan: Plan,
  ) {
    this.random = new Random(plan.seed);
  }

  /** Rejects when the world should have come to its end long ago. */
  async overdue(): Promise<never> {
    await wait(this.plan.seconds * 1_000 + OVERDUE_MS, undefined, { ref: false });
    throw new Error(`this does not come to an end: ${this.stage}`);
  }

  async live(): Promise<Findings> {
    const { plan, history, random, people, rooms } = this;
    const warden = await this.arrive('SERVICE');
    for (let i = 0; i < plan.clients; i++) people.push(await this.arrive('USER'));
    for (let i = 0; i < plan.rooms; i++) rooms.push(await this.open(warden));

    this.stage = 'people talk';
    const listening = people.flatMap((person) => rooms.map((roomId) => person.listen(roomId)));
    const phase: Phase = { isRunning: true, isSettling: false };
    const lives = [...people.map((person) => live(person, rooms, phase)), guard(warden, people, rooms, random.fork(), phase)];
    const nemesis = new Nemesis(this.cluster, history, random.fork(), plan.nemeses, plan.pause);
    await wait(plan.seconds * 1_000 - SETTLE_MS);
    phase.isSettling = true;
    await wait(SETTLE_MS);
    phase.isRunning = false;
    this.stage = 'people finish what they began';
    await Promise.all([...lives, nemesis.end()]);

    this.stage = 'the last word';
    const settledMs = await this.end(warden);
    const outcome = await outcomeOf(this.cluster, rooms, people);
    this.stage = 'people go home';
    for (const person of [...people, warden]) person.goAway();
    await Promise.all(listening);
    return { history, outcome, settledMs, errors: this.cluster.places.flatMap(({ node }) => node.errors) };
  }

  private arrive(role: 'USER' | 'SERVICE'): Promise<Person> {
    return Person.arrive(this.cluster, this.history, this.random.fork(), `person-${randomUUID()}`, role);
  }

  private async open(warden: Person): Promise<string> {
    const participants = this.people.map(({ id }) => ({ userId: id, role: 'CLIENT' }));
    const { request } = await warden.insist(mutation('createRoom', 'id'), { visibility: 'PUBLIC', participants });
    if (request.is !== 'done') throw new Error(`a room could not be opened: ${request.code}`);
    return String(request.data['createRoom']?.['id']);
  }

  /**
   * What must hold at any time is tried once in every run, when nothing else happens: some sleep and some listen, Redis dies, somebody
   * loses access, things change, the last word is said. The other nodes have only the log to know it from.
   */
  private async end(warden: Person): Promise<number | null> {
    const { redis } = this.cluster.servers;
    const scenes = await this.setScenes();
    await this.completeMs();
    const wakes = this.people.filter((_, at) => at % 2 === 1).map((person) => person.sleep());
    await redis.kill();
    for (const { roomId, loser } of scenes) {
      await warden.changeAccess('removed', REMOVE, { roomId, userId: loser.id });
      await loser.say(roomId, 'I am still here');
    }
    const removedAt = Date.now();
    for (const { roomId, speaker, known } of scenes) await speaker.haveTheLastWord(roomId, known);
    for (const wake of wakes) wake();
    const settledMs = await this.completeMs();
    await wait(Math.max(0, removedAt + SETTLE_MS - Date.now()));
    await this.knockFromOutside();
    await redis.start();
    return settledMs;
  }

  /** Who speaks in each room, and who is put out, where there are two. */
  private async setScenes(): Promise<Scene[]> {
    const heads = await this.heads();
    const scenes: Scene[] = [];
    for (const roomId of this.rooms) {
      const isInside = (person: Person) => heads.some((seat) => seat.roomId === roomId && seat.userId === person.id && seat.isInside);
      const inside = this.people.filter(isInside);
      const listening = inside.filter((person) => this.people.indexOf(person) % 2 === 0);
      const speaker = inside.at(-1);
      const loser = [...listening, ...inside].find((person) => person !== speaker);
      const known = await speaker?.say(roomId, 'before the end');
      if (speaker && loser && known) scenes.push({ roomId, speaker, loser, known });
    }
    return scenes;
  }

  /** How long until every stream has told everything; null: not within the limit. */
  private async completeMs(): Promise<number | null> {
    const from = Date.now();
    while (Date.now() - from < COMPLETE_WITHIN_MS) {
      if (await this.isComplete()) return Date.now() - from;
      await wait(50);
    }
    return null;
  }

  private heads(): Promise<{ roomId: string; userId: string; head: number; isInside: boolean }[]> {
    return this.cluster.sql(HEADS, [this.rooms]);
  }

  private async isComplete(): Promise<boolean> {
    const heads = await this.heads();
    return this.people.every((person) =>
      heads.every(({ roomId, userId, head, isInside }) => userId !== person.id || !isInside || (person.heard.get(roomId) ?? 0) >= head),
    );
  }

  /** Whoever is out asks every node. */
  private async knockFromOutside(): Promise<void> {
    for (const { roomId, userId } of (await this.heads()).filter(({ isInside }) => !isInside)) {
      const person = this.people.find(({ id }) => id === userId);
      for (const { node } of this.cluster.places) await person?.read(roomId, node.index);
    }
  }
}
