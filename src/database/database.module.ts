import { Module } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { CONFIG, type Config } from '../config/config.js';
import { dataSourceOptions } from './data-source.js';

/** The pool of connections. Each feature adds its entities with `TypeOrmModule.forFeature`. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [CONFIG],
      useFactory: ({ databaseUrl, databasePool }: Config): TypeOrmModuleOptions => {
        if (!databaseUrl) throw new Error('The database has to be opened before the application is made: see openDatabase');
        // It was reachable a moment ago: what fails now is worth an answer at once.
        return { ...dataSourceOptions(databaseUrl, { databasePool }), autoLoadEntities: true, retryAttempts: 0 };
      },
    }),
  ],
})
export class DatabaseModule {}
