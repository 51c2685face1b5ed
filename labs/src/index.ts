/** The custom elements of the built book. */
