// SPDX-License-Identifier: BSL-1.0
// What derivatives cost, counted in operations of the graph that a plan is made of: value and gradient
// together at most four times the value and a pass over the parameters; value and rate of change along a
// direction at most three times the value; both with the Hessian times a direction at most eight times the
// value and three passes over the parameters.
// Source: Griewank, Walther 2008, "Evaluating Derivatives", ch. 3.
#define BOOST_TEST_MODULE derivative_costs
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "fusegrad/pass/pipeline.hpp"
#include "fusegrad/pass/schedule.hpp"
#include "law/catalogue.hpp"
#include "pass/formulas.hpp"

using namespace fusegrad;
using namespace fusegrad::test;

namespace {

constexpr double rows = 64;

/// A loss of a row, and the parameters that it is differentiated by.
struct model {
  const char* name;
  ref (*loss)(leaves);
};

ref layer_of(leaves of, const char* weights, const char* bias, int outputs, ref x) {
  return dense(of.param(weights, {outputs, x.extents()[0]}), x, of.param(bias, {outputs}));
}

const std::vector<model> models{
    {"linear regression",
     [](leaves of) {
       return squared_error(dot(of.param("w", {20}), of.input("x", {20})) + of.param("b"), of.input("y"));
     }},
    {"logistic regression",
     [](leaves of) {
       return logistic_loss(dot(of.param("w", {20}), of.input("x", {20})) + of.param("b"), of.input("y"));
     }},
    {"robust regression",
     [](leaves of) {
       const ref error = dot(of.param("w", {20}), of.input("x", {20})) - of.input("y");
       return student_t_nll<3>(error, of.number(0), exp(of.param("s")));
     }},
    {"softmax regression",
     [](leaves of) {
       return -log(softmax(layer_of(of, "W", "b", 10, of.input("x", {784})))[of.label("y", 10)]);
     }},
    {"perceptron",
     [](leaves of) {
       const ref hidden = relu(layer_of(of, "V", "c", 64, of.input("x", {128})));
       return cross_entropy(layer_of(of, "W", "b", 10, hidden), of.label("y", 10));
     }},
    {"smooth perceptron of four layers",
     [](leaves of) {
       ref hidden = tanh(layer_of(of, "W1", "b1", 32, of.input("x", {16})));
       hidden = softplus(layer_of(of, "W2", "b2", 32, hidden));
       hidden = gelu_tanh(layer_of(of, "W3", "b3", 32, hidden));
       return mse(layer_of(of, "W4", "b4", 4, hidden), of.input("y", {4}));
     }},
    {"layer norm",
     [](leaves of) {
       const ref hidden = layer_of(of, "W", "b", 32, of.input("x", {32}));
       const ref normed = layer_norm(hidden, of.param("gain", {32}), of.param("bias", {32}));
       return sum(square(normed - of.input("y", {32})));
     }},
    {"attention",
     [](leaves of) {
       const ref x = of.input("x", {8, 16});
       const ref q = x * of.param("Q", {16, 16}), k = x * of.param("K", {16, 16});
       return sum(square(attention(q, k, x * of.param("V", {16, 16}), causal)));
     }},
    {"convolution",
     [](leaves of) {
       const ref seen = conv2d<1, 1>(of.input("x", {2, 8, 8}), of.param("K", {4, 2, 3, 3}));
       return sum(square(max_pool2d<2>(tanh(seen))));
     }},
    {"normal log-density",
     [](leaves of) {
       const ref L = lower_triangular<4>(of.param("l", {10}));
       const ref z = L * (of.input("x", {4}) - of.param("m", {4}));
       return dot(z, z) / 2 - sum(log(abs(diagonal(L))));
     }},
    {"mixture",
     [](leaves of) {
       const ref distance = square((of.input("x") - of.param("m", {8})) / exp(of.param("s", {8})));
       return -logsumexp(log_softmax(of.param("w", {8})) - distance / 2 - of.param("s", {8}));
     }},
    {"polynomial by Horner",
     [](leaves of) {
       ref value = of.param("a0");
       for (const char* name : {"a1", "a2", "a3", "a4", "a5"}) value = value * of.input("x") + of.param(name);
       return square(value - of.input("y"));
     }},
};

/// The operations of all rows and of the step, as kernels do them.
double operations_of(const graph& in) {
  double total = 0;
  for (const node& each : in.nodes()) {
    double count = double(each.op->flops) * each.extents.elements();
    if (each.op->family == operation_family::reduction || each.op->family == operation_family::row_mean)
      count = in[each.operands[0]].extents.elements();
    if (each.op->family == operation_family::contraction) {
      count = 2;  // a product and an addition, but for the first product of each sum
      axis_letters seen;
      for (int k = 0; k < 2; ++k)
        for (int axis = 0; each.payload.letters[k][axis] != 0; ++axis) {
          const int letter = each.payload.letters[k][axis];
          if (seen.find(letter) >= 0) continue;
          seen.push_back(letter);
          count *= in[each.operands[k]].extents[axis];
        }
      count -= each.extents.elements();
    }
    const bool per_row = each.depends == level::row || each.op->family == operation_family::row_mean;
    total += count * (per_row ? rows : 1);
  }
  return total;
}

double parameters_in(const graph& in) {
  double total = 0;
  for (const symbol& each : in.symbols())
    if (each.role == symbol_role::parameter) total += each.extents.elements();
  return total;
}

/// All of a formula that a plan is made of.
graph settled(const graph& formula, goal wanted) {
  const graph result = run_passes(formula, wanted).settled;
  BOOST_TEST_REQUIRE(!result.trouble(), sentence(result.trouble().kind));
  return prune(result);
}

/// A direction of each parameter, as a parameter of its own.
std::vector<direction> directions_in(graph& in) {
  std::vector<direction> result;
  for (int each : parameters_of(in)) {
    const tensor_shape extents = in.symbols()[std::size_t(each)].extents;
    const symbol along{law::name_of_symbol(result.size()), symbol_role::parameter, extents, 0};
    result.push_back({each, symbol_in(in, along).id});
  }
  return result;
}

/// All of a graph with derivatives that a plan is made of.
graph settled_derivatives(const graph& in) {
  return prune(pipeline::settled(pipeline::without_walls(pipeline::composites_expanded(stabilise(in)))));
}

/// Value and rate of change along a direction of all parameters.
graph with_tangent(const graph& formula) {
  graph in = stabilise(objective(formula));
  const std::vector<direction> directions = directions_in(in);
  return settled_derivatives(tangent(in, in.outputs()[0].id, directions));
}

/// The Hessian by all parameters times a direction of all: value, gradient and product as outputs.
graph with_product(const graph& formula) {
  const graph stable = stabilise(objective(formula));
  graph in = differentiate(stable, stable.outputs()[0].id, parameters_of(stable), true);
  const std::vector<output> gradients(in.outputs().begin() + 1, in.outputs().end());
  const std::vector<direction> directions = directions_in(in);
  for (const output& each : gradients) in = tangent(in, each.id, directions);
  return settled_derivatives(in);
}

}  // namespace

BOOST_AUTO_TEST_CASE(value_and_gradient_cost_at_most_four_times_the_value) {
  for (const model& each : models) {
    const graph formula = graph_of_formula(each.loss);
    const double value = operations_of(settled(formula, goal::mean));
    const double both = operations_of(settled(formula, goal::gradient));
    BOOST_TEST_MESSAGE(each.name << ": value and gradient " << both / value << " times the value");
    BOOST_TEST(both <= 4 * value + parameters_in(formula), each.name << ": " << both << " for " << value);
  }
}

BOOST_AUTO_TEST_CASE(value_and_tangent_cost_at_most_three_times_the_value) {
  for (const model& each : models) {
    const graph formula = graph_of_formula(each.loss);
    const double value = operations_of(settled(formula, goal::mean));
    const double both = operations_of(with_tangent(formula));
    BOOST_TEST_MESSAGE(each.name << ": value and tangent " << both / value << " times the value");
    BOOST_TEST(both <= 3 * value, each.name << ": " << both << " for " << value);
  }
}

BOOST_AUTO_TEST_CASE(a_hessian_times_a_vector_costs_at_most_eight_times_the_value) {
  for (const model& each : models) {
    const graph formula = graph_of_formula(each.loss);
    const double value = operations_of(settled(formula, goal::mean));
    const double all = operations_of(with_product(formula));
    BOOST_TEST_MESSAGE(each.name << ": value, gradient and product " << all / value << " times the value");
    BOOST_TEST(all <= 8 * value + 3 * parameters_in(formula), each.name << ": " << all << " for " << value);
  }
}

BOOST_AUTO_TEST_CASE(derivatives_of_elements_are_one_loop_to_third_order) {
  const auto third = [](leaves of) {
    const ref w = of.input("w", {8}), x = of.input("x", {8}), v = of.input("v", {8});
    const ref second = grad(dot(grad(sum(tanh(multiply(w, x))), w), v), w);
    return grad(dot(second, v), w);
  };
  const auto tangents = [](leaves of) {
    const ref w = of.input("w", {8}), x = of.input("x", {8}), v = of.input("v", {8});
    return jvp(hvp(sum(tanh(multiply(w, x))), w, v), w, v);
  };
  for (const graph& formula : {graph_of_formula(third), graph_of_formula(tangents)}) {
    const plan found = make_plan(settled(formula, goal::rows), machine{16});
    BOOST_TEST(found.loops.size() == 1u);
  }
}
