import { Injectable } from '@nestjs/common';

/** The time of day for rules that compare times (windows, deadlines), injected so that a test can move it. It orders nothing, and
 * tokens do not ask it: they end by the time of day itself. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}
