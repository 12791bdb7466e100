import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { countCharacters, Text, textProblem } from './text.js';

class Note {
  @Text({ min: 1, max: 5, trim: true }) content: string;
}

const checked = (content: unknown) => {
  const note = plainToInstance(Note, { content });
  return { note, messages: validateSync(note).flatMap((error) => Object.values(error.constraints ?? {})) };
};

describe('@Text', () => {
  test('takes white space off both ends and leaves the inside alone', () => {
    expect(checked(' \n a\u00a0 b\t').note.content).toBe('a\u00a0 b');
  });

  test.each([
    ['', 'content must not be empty'],
    [' \u3000\n', 'content must not be empty'],
    ['123456', 'content must have at most 5 characters'],
    ['a\0b', 'content must be well-formed Unicode without NUL bytes'],
    ['a\ud800b', 'content must be well-formed Unicode without NUL bytes'],
    ['\udc00', 'content must be well-formed Unicode without NUL bytes'],
    [7, 'content must be a text'],
    [null, 'content must be a text'],
    [undefined, 'content must be a text'],
    [['a'], 'content must be a text'],
  ])('refuses %j: %s', (content, message) => {
    expect(checked(content).messages).toEqual([message]);
  });

  test('counts characters, not units: five emoji are five', () => {
    expect(countCharacters('😀😀😀😀😀')).toBe(5);
    expect(checked('😀😀😀😀😀').messages).toEqual([]);
    expect(textProblem('😀😀😀😀😀😀', { max: 5 })).toBe('must have at most 5 characters');
  });
});
