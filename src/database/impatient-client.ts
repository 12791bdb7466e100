import pg from 'pg';

/** The server itself ends a statement earlier. Who has heard nothing by now is at the end of a line that is dead. */
const SILENCE_MS = 6_500;

/**
 * A connection that is given up when the server owes it an answer for too long: after a failover or in a network that drops connections
 * without a word, TCP alone would wait for a quarter of an hour. pg's own `query_timeout` gives up the statement and keeps the connection,
 * on which a rollback would then wait as long again, and which TypeORM would hand to the next one.
 */
export class ImpatientClient extends pg.Client {
  private silence: NodeJS.Timeout | undefined;

  constructor(config?: pg.ClientConfig) {
    super(config);
    const heard = (): void => {
      clearTimeout(this.silence);
      this.silence = undefined;
    };
    this.on('drain', heard);
    this.on('end', heard);
    // Whoever uses it listens, too; but between a pool that lets go of it and who is about to take it nobody does, and that would end the node.
    this.on('error', () => undefined);
  }

  override query(...args: never[]): never {
    // Whoever waits for this connection hears that it was terminated, and its pool makes another one.
    this.silence ??= setTimeout(() => void this.end(), SILENCE_MS).unref();
    return super.query(...(args as unknown as [string])) as never;
  }
}
