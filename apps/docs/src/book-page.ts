// The page of the book's questions, from the modules under examples/book: their question, their code, and the answer it gives.
import { bookAnswers, exampleBlock } from './examples.ts';
import { text } from './markdown.ts';

/** The page as Markdown. Each answer stands there as computed by this build, until the reader's own browser has computed it. */
export async function bookPage(): Promise<string> {
  const sections = (await bookAnswers()).map(
    ({ name, answer }) => `## ${text(answer.question)}

<BookAnswer name="${name}">

${text(answer.says)}

</BookAnswer>

::: details The code that answered

${exampleBlock(name)}

:::
`,
  );
  return `# The book's questions

*Foundations of Large Language Models* (Xiao and Zhu, [arXiv:2501.09223](https://arxiv.org/abs/2501.09223)), chapter 2, and the courses
that follow it ask these about relative position bias. Each answer is computed on this page, by the code shown with it.

${sections.join('\n')}`;
}
