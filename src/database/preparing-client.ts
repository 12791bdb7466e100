import { ImpatientClient } from './impatient-client.js';

/** Of one connection: far more than TypeORM has texts that come again, and some megabytes of the server's memory. */
const MAX_PREPARED = 200;

type Asked = [text: unknown, values?: unknown, ...rest: unknown[]];

/**
 * A connection on which TypeORM's statements are prepared, as ours are: it gives them no names, so that PostgreSQL would read and plan
 * each anew, which takes longer than most of them run. It still decides by itself which of them it plans with their values in mind.
 */
export class PreparingClient extends ImpatientClient {
  private readonly names = new Map<string, string>();

  override query(...args: never[]): never {
    const [text, values, ...rest] = args as unknown as Asked;
    const name = typeof text === 'string' && Array.isArray(values) && values.length > 0 ? this.nameOf(text) : undefined;
    return name === undefined ? super.query(...args) : super.query(...([{ name, text, values }, ...rest] as never[]));
  }

  private nameOf(text: string): string | undefined {
    if (!this.names.has(text) && this.names.size < MAX_PREPARED) this.names.set(text, `prepared_${this.names.size}`);
    return this.names.get(text);
  }
}
