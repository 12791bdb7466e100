import { Module } from '@nestjs/common';
import { AuthService } from './auth.service.js';
import { Connections } from './connections.js';
import { Tokens } from './tokens.js';

@Module({
  providers: [Tokens, AuthService, Connections],
  exports: [AuthService, Connections, Tokens],
})
export class AuthModule {}
