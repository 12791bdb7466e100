import { Module } from '@nestjs/common';
import { Playground } from './playground.js';

/** The IDE for developers. */
@Module({ providers: [Playground] })
export class PlaygroundModule {}
