/** Imported first: libraries look at it once, as they load, and leave out checks that are for developers. */
process.env['NODE_ENV'] = 'production';
