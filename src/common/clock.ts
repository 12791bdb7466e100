import { Injectable } from '@nestjs/common';

/** The time of day for rules that compare times (windows, deadlines), injected so that a test can move it. It orders nothing. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}
