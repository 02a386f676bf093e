import { Button, createTheme, type MantineColorsTuple } from '@mantine/core';

/** Ten shades around the blueprint blue of each scheme; 8 is filled on paper, 3 is filled in the dark. */
const blueprint: MantineColorsTuple = [
  '#e9f3fb',
  '#d3e6f5',
  '#acd1ee',
  '#86bdea',
  '#5c9fd2',
  '#3f86bd',
  '#2d72a8',
  '#236699',
  '#1d5b8f',
  '#154a77',
];

export const theme = createTheme({
  primaryColor: 'blueprint',
  primaryShade: { light: 8, dark: 3 },
  autoContrast: true,
  colors: { blueprint },
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  defaultRadius: 8,
  respectReducedMotion: true,
  // Said aloud, so that the styles of the dark scheme find it.
  components: { Button: Button.extend({ defaultProps: { variant: 'filled' } }) },
  focusRing: 'auto',
  fontSizes: { xs: '0.875rem', sm: '1rem', md: '1rem', lg: '1.0625rem', xl: '1.25rem' },
});
