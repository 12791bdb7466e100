import type { HubListener, RoomHub } from '../../live/hub/hub.js';
import type { LogEntry, PassingState } from '../../live/hub/log.js';
import type { HubItem, RestingStream } from '../../live/ready-stream.js';
import { countDeliveries } from '../../live/stream.js';
import type { NextMessage } from '../frames/next-message.js';
import type { SharedResult } from '../frames/shared-result.js';

/** A subscription that rests, and how it is told. */
export interface Member {
  readonly stream: RestingStream<unknown>;
  readonly resultOf: (event: unknown) => SharedResult | null;
  readonly tell: (message: NextMessage) => Promise<void> | void;
  /** It reads on by itself; first it waits for what is on its way to it. */
  readonly goOn: (told?: Promise<void>) => void;
}

const LIMIT = 1_000;

const isEntry = (item: HubItem): item is LogEntry => 'sequence' in item;

/**
 * Resting subscriptions of one room that ask the same. Their hub tells this one listener, and it writes the same bytes to all their
 * sockets: where one message becomes a thousand, each of the thousand is touched once. A member whose client reads slowly leaves. What
 * is not the same for all (an end of access, an error, what depends on the viewer) they all read by themselves, and then rest again.
 */
export class FanOut implements HubListener {
  private readonly members = new Set<Member>();
  private waiting: HubItem[] = [];
  private isTelling = false;

  /**
   * @param position the last revision that all members know
   * @param onEmpty called when the last member has left
   */
  constructor(
    private readonly hub: RoomHub,
    private readonly horizon: number,
    private position: number,
    private readonly onEmpty: () => void,
  ) {
    hub.listeners.add(this);
  }

  /** @returns false for a stream that knows more or less than the others */
  join(member: Member): boolean {
    if (member.stream.position !== this.position) return false;
    this.members.add(member);
    member.stream.leaveTo({ forget: () => this.forget(member) });
    return true;
  }

  hear(entry: LogEntry): void {
    // Members may have read the log further than their hub.
    if (entry.revision <= this.position) return;
    if (entry.cutsOff === null) this.push(entry);
    else this.disband(entry);
  }

  notice(state: PassingState): void {
    if (state.hidesUpTo === undefined) this.push(state);
    else this.disband(state);
  }

  private push(item: HubItem): void {
    if (this.waiting.length >= LIMIT) return this.disband(item);
    this.waiting.push(item);
    if (!this.isTelling) this.tellOn();
  }

  private readonly tellOn = (): void => {
    this.isTelling = true;
    try {
      for (let item = this.waiting[0]; item && this.members.size > 0; item = this.waiting[0]) {
        const result = this.resultOf(item);
        if (result && !result.isSettled) return result.onSettled(this.tellOn);
        if (result === null || result?.message === null) return this.disband();
        this.waiting.shift();
        if (isEntry(item)) this.position = item.revision;
        if (result) this.tell(item, result.message);
      }
      this.isTelling = false;
    } catch {
      // Each of them meets the error, too, and answers for it.
      this.disband();
    }
  };

  /** Undefined where the members are told nothing; null where each has to be told by itself. */
  private resultOf(item: HubItem): SharedResult | null | undefined {
    const [first] = this.members;
    if (!first || (isEntry(item) && item.sequence <= this.horizon)) return undefined;
    const words = first.stream.wordsFor(item);
    if (words.length > 1) return null;
    return words.length === 1 ? first.resultOf(words[0]) : undefined;
  }

  private tell(item: HubItem, message: NextMessage): void {
    const { size } = this.members;
    for (const member of this.members) {
      if (!isEntry(item) && !member.stream.isNews(item)) continue;
      const told = member.tell(message);
      if (told) this.release(member, told);
    }
    if (isEntry(item)) countDeliveries(item, size);
  }

  private release(member: Member, told: Promise<void>): void {
    this.leave(member);
    member.stream.resume(this.position, this.waiting);
    member.goOn(told);
  }

  /** @param next what they hear after all that waits */
  private disband(next?: HubItem): void {
    const items = next ? [...this.waiting, next] : this.waiting;
    const members = [...this.members];
    this.waiting = [];
    for (const member of members) {
      this.leave(member);
      member.stream.resume(this.position, items);
    }
    for (const member of members) member.goOn();
  }

  private forget(member: Member): void {
    this.leave(member);
    member.goOn();
  }

  private leave(member: Member): void {
    if (!this.members.delete(member) || this.members.size > 0) return;
    this.hub.listeners.delete(this);
    this.onEmpty();
  }
}

/** By room and by what is asked. */
export class FanOuts {
  private readonly fanOuts = new WeakMap<RoomHub, Map<string, FanOut>>();

  /** @returns false for a stream that has to wait by itself for now */
  join(asked: string, member: Member): boolean {
    const { hub, horizon, position } = member.stream;
    const key = `${asked} ${horizon}`;
    const here = this.fanOuts.get(hub) ?? new Map<string, FanOut>();
    this.fanOuts.set(hub, here);
    let fanOut = here.get(key);
    if (!fanOut) here.set(key, (fanOut = new FanOut(hub, horizon, position, () => here.delete(key))));
    return fanOut.join(member);
  }
}
