import { defineConfig } from 'vite';

/* Two entries: the page and the API's interactive page, which never counts in the first's load.
 * Nothing is inlined: the daemon serves under a policy that refuses inline script and style. */
export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  css: { devSourcemap: false },
  build: {
    target: 'es2020',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rollupOptions: {
      input: { index: 'index.html', docs: 'docs.html' },
    },
  },
});
