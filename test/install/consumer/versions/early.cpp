// SPDX-License-Identifier: BSL-1.0
// To be refused: a global whose value is computed before main, with the instructions of the version.
namespace FUSEGRAD_VERSION {

volatile int divisor = 3;
const float third = 1.f / float(divisor);

float of(float number) { return number * third; }

}  // namespace FUSEGRAD_VERSION
