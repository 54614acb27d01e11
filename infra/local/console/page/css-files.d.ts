/** Style sheets are imported for their effect: the bundle gathers them in one. */
declare module '*.css';
