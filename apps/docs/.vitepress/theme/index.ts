// The theme: VitePress's default theme with other fonts, colours and spacing, and every component in a file *.island.vue.
// oxlint-disable import/no-unassigned-import -- a style sheet has no name to import
import 'katex/dist/katex.min.css';
import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import type { Component } from 'vue';
import { island } from './island.ts';
import './fonts.css';
import './tokens.css';
import './layout.css';
import './parts.css';
import './home.css';
import './article.css';

const islands = import.meta.glob<{ default: Component }>('../../components/**/*.island.vue');

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    for (const [file, load] of Object.entries(islands)) {
      const name = /([^/]+)\.island\.vue$/.exec(file)?.[1];
      if (name !== undefined) app.component(name, island(name, load));
    }
  },
} satisfies Theme;
