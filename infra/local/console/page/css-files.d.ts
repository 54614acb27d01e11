/** Style sheets are imported for their effect: the bundle collects them in one file. */
declare module '*.css';
