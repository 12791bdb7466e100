import type { DocumentNode, GraphQLSchema } from 'graphql';
import { FanOuts, type Member } from './fan-out.js';
import { type Execute, SharedResult } from '../frames/shared-result.js';
import { makePlan, type Plan } from './sharing-plan.js';

/** How an event reaches many streams: what is inside is one object for all of them, the envelope may be each stream's own. */
export interface Envelope {
  /** What of the viewer the result depends on: streams that differ in it share nothing. */
  scope?: number;
}

interface Subscription {
  document: DocumentNode;
  operationName: string | null;
  variables: Readonly<Record<string, unknown>>;
}

/** What those have in common who ask the same. */
export interface Share {
  /** The result for this event, made by `execute` unless somebody else has made it; null where the event cannot be shared. */
  resultOf(envelope: unknown, execute: Execute): SharedResult | null;
  /** Has it wait together with the others. False when it has to wait by itself. */
  standBy(member: Member): boolean;
}

const NOTHING: Share = { resultOf: () => null, standBy: () => false };

/**
 * One execution per event for all subscriptions with the same document, wherever nothing in it depends on the viewer. The arguments of
 * the subscription itself (where it resumes) do not matter to what an event looks like.
 */
export class Sharing {
  private readonly plans = new WeakMap<DocumentNode, Map<string | null, Plan | null>>();
  private readonly results = new WeakMap<object, Map<string, SharedResult>>();
  private readonly ids = new WeakMap<DocumentNode, number>();
  private readonly fanOuts = new FanOuts();
  private nextId = 0;

  constructor(private readonly schema: GraphQLSchema) {}

  /** Of one stream, made once: what tells its results from those of others is the same for all its events. */
  share({ document, operationName, variables }: Subscription): Share {
    const plan = this.planOf(document, operationName);
    if (!plan) return NOTHING;
    // A variable that is absent has its default, and one that is null has not.
    const values = plan.variables.map((name) => (name in variables ? [variables[name]] : []));
    const asked = JSON.stringify([this.idOf(document), operationName, values]);
    let [scope, key] = [undefined as number | undefined, asked];
    return {
      resultOf: (envelope, execute) => {
        const event = (envelope as Record<string, unknown>)[plan.rootField];
        if (typeof event !== 'object' || event === null || !plan.sharedTypes.has(event.constructor.name)) return null;
        const its = (envelope as Envelope).scope;
        if (its !== scope) [scope, key] = [its, `${asked} ${its}`];
        const result = this.result(event, key, execute);
        // Everybody's key is then the same string, and the next comparison a matter of its address.
        key = result.key;
        return result;
      },
      standBy: (member) => this.fanOuts.join(asked, member),
    };
  }

  private result(event: object, key: string, execute: Execute): SharedResult {
    let results = this.results.get(event);
    if (!results) this.results.set(event, (results = new Map<string, SharedResult>()));
    let result = results.get(key);
    if (!result) results.set(key, (result = new SharedResult(key, execute)));
    return result;
  }

  private idOf(document: DocumentNode): number {
    let id = this.ids.get(document);
    if (id === undefined) this.ids.set(document, (id = this.nextId++));
    return id;
  }

  private planOf(document: DocumentNode, operationName: string | null): Plan | null {
    const plans = this.plans.get(document) ?? new Map<string | null, Plan | null>();
    this.plans.set(document, plans);
    let plan = plans.get(operationName);
    if (plan === undefined) plans.set(operationName, (plan = makePlan(this.schema, document, operationName)));
    return plan;
  }
}
