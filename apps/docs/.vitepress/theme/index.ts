// The default theme and the style sheets: KaTeX's, with its fonts, and ours.
// oxlint-disable import/no-unassigned-import -- a style sheet has no name to import
import 'katex/dist/katex.min.css';
import DefaultTheme from 'vitepress/theme';
import './style.css';

export default DefaultTheme;
