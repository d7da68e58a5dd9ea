declare module 'asl-validator' {
  interface Validation {
    isValid: boolean;
    errorsText(separator?: string): string;
  }
  const validate: (definition: unknown) => Validation;
  export default validate;
}
