/** Bundled by esbuild into the page's one style sheet. */
declare module '*.css';
