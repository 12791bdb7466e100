import { Module } from '@nestjs/common';
import { Attempts } from './attempts.js';
import { AuthResolver } from './auth.resolver.js';
import { AuthService } from './auth.service.js';
import { Connections } from './connections.js';
import { SessionsService } from './sessions.service.js';
import { Tokens } from './tokens.js';

@Module({
  providers: [Tokens, AuthService, Connections, SessionsService, Attempts, AuthResolver],
  exports: [AuthService, Connections, SessionsService, Tokens],
})
export class AuthModule {}
