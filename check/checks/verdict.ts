/** What became of one promise. */
export interface Verdict {
  promise: 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6';
  /** What is found when it is broken. */
  fault: string;
  /** The promise in words. */
  says: string;
  /** How much of it was looked at. */
  looked: string;
  violations: string[];
}

/** Collects what one check finds. */
export const verdict = (promise: Verdict['promise'], fault: string, says: string): Verdict => ({
  promise,
  fault,
  says,
  looked: '',
  violations: [],
});

export const number = (value: number): string => value.toLocaleString('en-US');

/** For the terminal: a room or a person in a few characters. */
export const short = (id: string): string => id.slice(-6);
