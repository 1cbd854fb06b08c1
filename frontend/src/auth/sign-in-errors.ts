const SENTENCES: Readonly<Record<string, string>> = {
  NotAuthorizedException: "User name or password is wrong.",
  UserNotFoundException: "User name or password is wrong.",
  EmptySignInPassword: "Enter your password.",
  EmptySignInUsername: "Enter your user name.",
  PasswordResetRequiredException: "An administrator has reset your password: choose “Forgot password”.",
  InvalidPasswordException: "The new password does not meet the rules below.",
  CodeMismatchException: "The code is wrong. Enter the newest one.",
  EnableSoftwareTokenMFAException: "The code is wrong. Enter the one that is shown now.",
  ExpiredCodeException: "The code is too old. Have a new one sent.",
  LimitExceededException: "Too many tries. Wait some minutes, then try again.",
  TooManyRequestsException: "Too many tries. Wait some minutes, then try again.",
  NetworkError: "The sign-in service did not answer. Check the network and try again.",
};

/** What went wrong at a sign-in, in words, and without telling whether there is such a user. */
export function signInSentence(error: unknown): string {
  if (!(error instanceof Error)) return "Signing in failed.";
  if (error.message.includes("Password attempts exceeded")) return SENTENCES.TooManyRequestsException ?? "";
  return SENTENCES[error.name] ?? `Signing in failed: ${error.message}`;
}
