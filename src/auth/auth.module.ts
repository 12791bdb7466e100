import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Attempts } from './attempts.js';
import { AuthResolver } from './auth.resolver.js';
import { AuthService } from './auth.service.js';
import { SessionsService } from './sessions.service.js';
import { Tokens } from './tokens.js';

@Module({
  providers: [Clock, Tokens, AuthService, SessionsService, Attempts, AuthResolver],
  exports: [AuthService, SessionsService, Tokens],
})
export class AuthModule {}
