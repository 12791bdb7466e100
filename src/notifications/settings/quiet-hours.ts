import { DateTime } from 'luxon';

/** Every day from a time of day until another, by the clocks of a place. Where it ends before it begins, it goes over midnight. */
export interface QuietHours {
  /** "22:00" */
  from: string;
  /** "07:00" */
  to: string;
  /** As IANA has it: "Europe/Paris". */
  timeZone: string;
}

export const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;

export const isTimeZone = (name: string): boolean => DateTime.utc().setZone(name).isValid;

const timeOf = (text: string): { hour: number; minute: number } => ({ hour: Number(text.slice(0, 2)), minute: Number(text.slice(3)) });

/**
 * Until when it is quiet, or null where it is not. A day on which the clocks change has its quiet hours by those clocks, so they may be an
 * hour longer or shorter.
 */
export function quietUntil({ from, to, timeZone }: QuietHours, now: Date): Date | null {
  const local = DateTime.fromJSDate(now, { zone: timeZone });
  const clock = local.toFormat('HH:mm');
  const isOverMidnight = to <= from;
  const isQuiet = isOverMidnight ? clock >= from || clock < to : clock >= from && clock < to;
  if (!isQuiet) return null;
  const endsToday = !isOverMidnight || clock < to;
  return local
    .plus({ days: endsToday ? 0 : 1 })
    .set({ ...timeOf(to), second: 0, millisecond: 0 })
    .toJSDate();
}
