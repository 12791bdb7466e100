import { ParleyError } from '../../src/common/errors/errors.js';
import type { PlatformRole } from '../../src/policy/roles.js';
import type { Metadata } from '../../src/timeline/log/message.entity.js';
import { type Actor, type Machine, SYSTEM, TIMER, WEBHOOK } from '../../src/transitions/machine/machine.js';
import type { Subject } from '../../src/transitions/machine/subject.js';
import { Transitions } from '../../src/transitions/transitions.service.js';
import type { ApiClient } from './client.js';
import type { Person, World } from './world.js';

/** How the steps of one machine are tried. */
export interface Trial<S extends Subject> {
  world: World;
  machine: Machine<S, string>;
  /** Everybody who tries each step, by the role or party as which they try it. */
  actors: Record<string, Person>;
  /** The mutation of an event, and what its input needs beyond the subject's id. Absent: the server makes this step by itself. */
  mutations: Record<string, { name: string; input: (subject: S, actor: string) => Record<string, unknown> } | undefined>;
  /** What a step needs to know that no mutation makes. */
  payloads?: Record<string, Metadata>;
}

/** As whom the server makes a step that nobody has asked for. */
const BY_ITSELF: Record<string, Actor> = { TIMER, SYSTEM, WEBHOOK };

/** Whoever could try this step: where there is a mutation the host has no need of its webhook. */
export const triersOf = <S extends Subject>({ actors, mutations }: Trial<S>, event: string): string[] =>
  [...Object.keys(actors), ...Object.keys(BY_ITSELF)].filter((actor) => actor !== 'WEBHOOK' || !mutations[event]);

const inputOf = (mutation: string) => `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;

/** Tries steps: people through the API, over one socket each; what no mutation makes, and nobody in particular, at the engine. */
export class Steps<S extends Subject> {
  private constructor(
    private readonly trial: Trial<S>,
    private readonly clients: Map<string, ApiClient>,
    private readonly roles: Map<string, PlatformRole>,
  ) {}

  static async of<S extends Subject>(trial: Trial<S>): Promise<Steps<S>> {
    const { world, actors } = trial;
    const rows = await world.sql<{ id: string; role: PlatformRole }>('select id, role from users');
    const clients = Object.entries(actors).map(([actor, person]) => [actor, world.as(person)] as const);
    return new Steps(trial, new Map(clients), new Map(rows.map(({ id, role }) => [id, role])));
  }

  /** A person who does not speak for the host. */
  isUser(actor: string): boolean {
    const id = this.trial.actors[actor]?.id;
    return id !== undefined && this.roles.get(id) !== 'SERVICE';
  }

  /** OK, or the code of the refusal. "Later", which a busy node says, is taken at its word. */
  async try(subject: S, event: string, actor: string, more: object = {}): Promise<string> {
    for (;;) {
      const code = await this.tryOnce(subject, event, actor, more);
      if (code !== 'UNAVAILABLE') return code;
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.clients.values()].map((client) => client.close()));
  }

  private async tryOnce(subject: S, event: string, actor: string, more: object): Promise<string> {
    const mutation = this.trial.mutations[event];
    if (!mutation || actor in BY_ITSELF) return this.tryByItself(subject, event, actor);
    const document = `mutation ($input: ${inputOf(mutation.name)}!) { ${mutation.name}(input: $input) { id } }`;
    const { errors } = await this.clients.get(actor)!.askBySocket(document, { input: { ...mutation.input(subject, actor), ...more } });
    return errors?.[0]?.extensions.code ?? 'OK';
  }

  private tryByItself({ id }: S, event: string, actor: string): Promise<string> {
    const { world, machine, actors, payloads } = this.trial;
    const userId = actors[actor]?.id ?? '';
    const who = BY_ITSELF[actor] ?? { userId, platformRole: this.roles.get(userId)! };
    const request = { event, reason: 'because', payload: payloads?.[event] ?? {} };
    const step = world.nodes[0]!.app.get(Transitions).move(machine, who, id, request);
    return step.then(
      () => 'OK',
      (error: unknown) => {
        if (error instanceof ParleyError) return error.code;
        throw error;
      },
    );
  }
}
