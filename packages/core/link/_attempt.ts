/** Calls the function; what it throws instead of rejecting is a rejection all the same. */
export function attempt<T>(task: () => Promise<T>): Promise<T> {
  try {
    return task();
  } catch (error) {
    return Promise.reject(error);
  }
}
