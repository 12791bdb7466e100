import { Injectable } from '@nestjs/common';
import type { Viewer } from './context.js';

/** A socket of this node, as far as the person behind it is concerned. */
export interface Connection {
  readonly viewer: Viewer;
  /** Closes it for good; the reason is told to the client. */
  end(reason: string): void;
}

/** @param isHere true with the person's first socket on this node, false after their last */
export type PresenceListener = (userId: string, isHere: boolean) => void;

/** Who is connected to this node at this moment. */
@Injectable()
export class Connections {
  private readonly byPerson = new Map<string, Set<Connection>>();
  private readonly listeners: PresenceListener[] = [];

  onChange(listener: PresenceListener): void {
    this.listeners.push(listener);
  }

  /** Call the result when the socket is gone. */
  add(connection: Connection): () => void {
    const { userId } = connection.viewer;
    const known = this.byPerson.get(userId);
    if (known) known.add(connection);
    else {
      this.byPerson.set(userId, new Set([connection]));
      this.tell(userId, true);
    }
    return () => this.remove(connection);
  }

  has(userId: string): boolean {
    return this.byPerson.has(userId);
  }

  countOf(userId: string): number {
    return this.byPerson.get(userId)?.size ?? 0;
  }

  people(): IterableIterator<string> {
    return this.byPerson.keys();
  }

  viewers(): Viewer[] {
    return [...this.byPerson.values()].flatMap((connections) => [...connections].map(({ viewer }) => viewer));
  }

  endOf(viewers: ReadonlySet<Viewer>, reason: string): void {
    const people = new Set([...viewers].map(({ userId }) => userId));
    for (const userId of people)
      for (const connection of [...(this.byPerson.get(userId) ?? [])]) if (viewers.has(connection.viewer)) connection.end(reason);
  }

  private remove(connection: Connection): void {
    const { userId } = connection.viewer;
    const connections = this.byPerson.get(userId);
    if (!connections?.delete(connection) || connections.size > 0) return;
    this.byPerson.delete(userId);
    this.tell(userId, false);
  }

  private tell(userId: string, isHere: boolean): void {
    for (const listener of this.listeners) listener(userId, isHere);
  }
}
