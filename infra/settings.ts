/** Every knob of the stack: type, default, unit and reason. */
