import { type ArgumentMetadata, Inject, Injectable, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { badInput } from '../common/errors/errors.js';
import { maskCardNumbers } from '../common/text/card-numbers.js';
import { changeProse } from '../common/text/prose.js';
import { CONFIG, type Config } from '../config/config.js';

class InvalidInput extends Error {
  constructor(readonly errors: ValidationError[]) {
    super('invalid input');
  }
}

/** The first mistake, and the path to it. */
function firstMistake([error]: ValidationError[], path: string[]): { field: string; message: string } {
  if (!error) return { field: path.join('.'), message: 'The input is not valid' };
  const field = [...path, error.property];
  const [message] = Object.values(error.constraints ?? {});
  return message ? { field: field.join('.'), message } : firstMistake(error.children ?? [], field);
}

/** Checks what a client sends, and only that; card numbers go no further. @throws BAD_USER_INPUT with the path of the first mistake */
@Injectable()
export class InputPipe extends ValidationPipe {
  constructor(@Inject(CONFIG) private readonly config: Config) {
    super({ transform: true, exceptionFactory: (errors) => new InvalidInput(errors) });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    try {
      const input: unknown = await super.transform(value, metadata);
      if (this.config.maskCardNumbers) changeProse(input, maskCardNumbers);
      return input;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const { field, message } = firstMistake(error.errors, metadata.data ? [metadata.data] : []);
      throw badInput(field, message);
    }
  }

  /** Inputs have the fields of the schema and no others; in the JSON that some hold, "constructor" is a key like any other. */
  protected override stripProtoKeys(): void {
    return;
  }
}
