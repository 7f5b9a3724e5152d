// SPDX-License-Identifier: BSL-1.0
// To be refused: nothing that a program could call by the name of a version.
float half(float number) { return number / 2; }
