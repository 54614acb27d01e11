/** Style sheets are imported only for their side effect: the bundle collects them in one file. */
declare module '*.css';
