import type { Person } from './person.js';
import { printAct } from './print.js';
import type { Promises } from './promises.js';
import type { Stage } from './stage.js';

/** What `npm run demo` can tell. */
export interface Story {
  title: string;
  /** What its node is set to, beyond what every story's node is. */
  settings?: Record<string, string>;
  /** What it promises to look at, by short name. */
  promises: Record<string, string>;
  /** Tells it, and gives those whose side is printed. Whom it lets in, it also sees off. */
  tell(stage: Stage, promises: Promises): Promise<Person[]>;
}

/** What happens, under its heading. */
export type Act<Cast> = [title: string, play: (cast: Cast) => Promise<void>];

/** One act after the other. */
export async function play<Cast>(acts: Act<Cast>[], cast: Cast): Promise<void> {
  for (const [title, act] of acts) {
    printAct(title);
    await act(cast);
  }
}
