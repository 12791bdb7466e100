import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { LiveAuthorization } from './live-authorization.service.js';
import { SessionUserResolver } from './session-user.resolver.js';
import { User } from './user.entity.js';
import { UsersLoader } from './users.loader.js';
import { UsersResolver } from './users.resolver.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [AuthModule, SessionsModule, TypeOrmModule.forFeature([User])],
  providers: [UsersService, UsersLoader, UsersResolver, SessionUserResolver, LiveAuthorization],
  exports: [UsersService, UsersLoader],
})
export class UsersModule {}
