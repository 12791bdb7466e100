import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { Attempts } from './attempts.js';
import { SessionsResolver } from './sessions.resolver.js';
import { SessionsService } from './sessions.service.js';

@Module({
  imports: [AuthModule],
  providers: [SessionsService, Attempts, SessionsResolver],
  exports: [SessionsService],
})
export class SessionsModule {}
